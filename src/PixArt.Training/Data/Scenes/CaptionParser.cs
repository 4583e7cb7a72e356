using System.Collections.Frozen;
using System.Collections.Immutable;

namespace PixArt.Training.Data.Scenes;

/// <summary>Reads captions back: every caption of <see cref="CaptionWriter"/>, and plain English close to it.</summary>
public static class CaptionParser
{
    private enum Meaning
    {
        Nothing, Small, Large, HappyBefore, HappyAfter, LeftOf, RightOf, OnTheLeft, OnTheRight, InTheMiddle, Between, InOrder, Two, Three,
        Thing, Setting,
    }

    private static readonly FrozenDictionary<string, (Meaning Meaning, int Index)> Lexicon = BuildLexicon();
    private static readonly int LongestPhrase = Lexicon.Keys.Max(phrase => phrase.Count(letter => letter == ' ') + 1);

    /// <summary>What the caption claims. Words without a meaning are listed, not refused.</summary>
    /// <param name="caption">Any text; case and full stops do not matter.</param>
    public static CaptionFacts Parse(string caption)
    {
        var reading = new Reading();
        var words = caption.ToLowerInvariant()
            .Split([' ', '\t', '\n', ',', '.', '!', ';', ':', '"'], StringSplitOptions.RemoveEmptyEntries);
        for (var at = 0; at < words.Length;)
        {
            var length = Math.Min(LongestPhrase, words.Length - at);
            while (length > 0 && !Lexicon.ContainsKey(string.Join(' ', words, at, length)))
                length--;
            if (length == 0)
                reading.Unknown.Add(words[at++]);
            else
            {
                reading.Take(Lexicon[string.Join(' ', words, at, length)]);
                at += length;
            }
        }

        return reading.Finish();
    }

    private static FrozenDictionary<string, (Meaning, int)> BuildLexicon()
    {
        var lexicon = new Dictionary<string, (Meaning, int)>(StringComparer.Ordinal);
        void Add(Meaning meaning, int index, params IEnumerable<string> phrases)
        {
            foreach (var phrase in phrases)
                lexicon[phrase.ToLowerInvariant()] = (meaning, index);
        }

        Add(Meaning.Nothing, 0, CaptionWords.Openings);
        Add(Meaning.Nothing, 0, CaptionWords.NextTo);
        Add(Meaning.Small, 0, CaptionWords.Small);
        Add(Meaning.Large, 0, CaptionWords.Large);
        Add(Meaning.HappyBefore, 0, CaptionWords.HappyBefore);
        Add(Meaning.HappyAfter, 0, [.. CaptionWords.HappyAfter, .. CaptionWords.HappyAfterPlural]);
        Add(Meaning.LeftOf, 0, CaptionWords.LeftOf);
        Add(Meaning.RightOf, 0, CaptionWords.RightOf);
        Add(Meaning.OnTheLeft, 0, CaptionWords.OnTheLeft);
        Add(Meaning.OnTheRight, 0, CaptionWords.OnTheRight);
        Add(Meaning.InTheMiddle, 0, CaptionWords.InTheMiddle);
        Add(Meaning.Between, 0, CaptionWords.Between);
        Add(Meaning.InOrder, 0, CaptionWords.FromLeftToRight);
        Add(Meaning.Two, 0, "two");
        Add(Meaning.Three, 0, "three");
        foreach (var thing in SceneVocabulary.Objects)
        {
            // Adjectives that are always true say nothing new.
            Add(Meaning.Nothing, 0, thing.Adjective is { } adjective ? [adjective] : []);
            Add(Meaning.Thing, thing.Index, [thing.Name, thing.Plural, .. thing.Synonyms]);
        }

        foreach (var setting in SceneVocabulary.Settings)
            Add(Meaning.Setting, setting.Index, setting.Phrases);
        return lexicon.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>What has been read so far: adjectives wait for their noun, relations for their second object.</summary>
    private sealed class Reading
    {
        private readonly List<CaptionObject> _objects = [];
        private readonly List<(Meaning Relation, int At)> _relations = [];
        private readonly Dictionary<Meaning, int> _places = [];
        private SceneSetting? _setting;
        private ObjectSize _size = ObjectSize.Normal;
        private bool _happy;
        private int _count = 1;

        public List<string> Unknown { get; } = [];

        public void Take((Meaning Meaning, int Index) word)
        {
            switch (word.Meaning)
            {
                case Meaning.Small: _size = ObjectSize.Small; break;
                case Meaning.Large: _size = ObjectSize.Large; break;
                case Meaning.HappyBefore: _happy = true; break;
                case Meaning.Two: _count = 2; break;
                case Meaning.Three: _count = 3; break;
                case Meaning.Setting: _setting = SceneVocabulary.Settings[word.Index]; break;
                case Meaning.Thing: AddObject(SceneVocabulary.Objects[word.Index]); break;
                case Meaning.HappyAfter: SmileLast(); break;
                case Meaning.OnTheLeft or Meaning.InTheMiddle or Meaning.OnTheRight: _places[word.Meaning] = _objects.Count - 1; break;
                case Meaning.Nothing: break;
                default: _relations.Add((word.Meaning, _objects.Count)); break;
            }
        }

        public CaptionFacts Finish()
        {
            var sides = ImmutableArray.CreateBuilder<LeftOf>();
            var middles = ImmutableArray.CreateBuilder<Between>();
            foreach (var (relation, at) in _relations)
            {
                if (relation == Meaning.InOrder)
                    sides.AddRange(Enumerable.Range(0, Math.Max(0, _objects.Count - 1)).Select(i => new LeftOf(i, i + 1)));
                else if (relation == Meaning.Between && at >= 1 && at + 1 < _objects.Count)
                    middles.Add(new Between(at - 1, at, at + 1));
                else if (relation is Meaning.LeftOf or Meaning.RightOf && at >= 1 && at < _objects.Count)
                    sides.Add(relation == Meaning.LeftOf ? new LeftOf(at - 1, at) : new LeftOf(at, at - 1));
            }

            Meaning[] order = [Meaning.OnTheLeft, Meaning.InTheMiddle, Meaning.OnTheRight];
            var placed = order.Where(_places.ContainsKey).Select(place => _places[place]).Where(at => at >= 0).ToArray();
            for (var i = 1; i < placed.Length; i++)
                sides.Add(new LeftOf(placed[i - 1], placed[i]));
            return new CaptionFacts(_setting, [.. _objects], sides.ToImmutable(), middles.ToImmutable(), [.. Unknown]);
        }

        private void AddObject(SceneObject thing)
        {
            for (var i = 0; i < _count; i++)
                _objects.Add(new CaptionObject(thing, _size, _happy));
            (_size, _happy, _count) = (ObjectSize.Normal, false, 1);
        }

        // "two cacti with happy faces": all of the same kind that were named last.
        private void SmileLast()
        {
            for (var i = _objects.Count - 1; i >= 0 && _objects[i].Object == _objects[^1].Object; i--)
                _objects[i] = _objects[i] with { HappyFace = true };
        }
    }
}

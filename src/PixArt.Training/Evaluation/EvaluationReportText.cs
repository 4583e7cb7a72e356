using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PixArt.Training.Evaluation;

/// <summary>Writes an <see cref="EvaluationReport"/> for people and for programs.</summary>
public static class EvaluationReportText
{
    /// <summary>Markdown: the figures against their aims, each group of prompts, and the objects and settings, the worst first.</summary>
    public static string ToMarkdown(this EvaluationReport report)
    {
        var text = new StringBuilder();
        text.AppendLine("| Measure | Result | Aim |").AppendLine("|---|---|---|");
        Row(text, "pictures with exactly the named objects", report.Objects, "≥ 90 %");
        Row(text, "named objects found", report.ObjectsFound, "");
        Row(text, "pictures in the named setting", report.Settings, "≥ 98 %");
        Row(text, "pictures with the stated sides", report.Sides, "≥ 90 %");
        Row(text, "the same where the objects are right", report.SidesOfRightObjects, "");
        Row(text, "happy faces where asked and only there", report.Faces, "");
        Row(text, "pictures right in everything", report.Everything, "");
        if (report.Edges is { } edges)
            Row(text, "edges followed, F1", edges, "");
        if (report.AutoencoderPsnr is { } psnr)
            Row(text, "autoencoder PSNR", string.Create(CultureInfo.InvariantCulture, $"{psnr:F2} dB"), "≥ 30 dB");
        text.AppendLine().AppendLine("| Prompts | Objects | Setting | Sides | Everything |").AppendLine("|---|---|---|---|---|");
        foreach (var (kind, part) in report.ByKind)
            Row(text, kind, part.Objects, part.Settings, part.Sides, part.Everything);
        text.AppendLine().AppendLine("| Object | Found |").AppendLine("|---|---|");
        foreach (var (thing, found) in report.ByObject)
            Row(text, thing, found);
        text.AppendLine().AppendLine("| Setting | Right |").AppendLine("|---|---|");
        foreach (var (setting, right) in report.BySetting)
            Row(text, setting, right);
        if (report.Setup.Count > 0)
            text.AppendLine().Append("Made with ").AppendJoin(", ", report.Setup.Select(entry => $"{entry.Key} {entry.Value}")).AppendLine(".");
        return text.ToString();
    }

    /// <summary>JSON: the figures in percent (null where there is nothing to mark) and every picture.</summary>
    public static string ToJson(this EvaluationReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteFigures(json, report);
            WriteNumber(json, "vae_psnr_db", report.AutoencoderPsnr ?? double.NaN);
            if (report.Edges is { } edges)
            {
                WriteNumber(json, "edges_f1_percent", 100 * edges.F1);
                WriteNumber(json, "edges_precision_percent", 100 * edges.Precision);
                WriteNumber(json, "edges_recall_percent", 100 * edges.Recall);
            }

            json.WriteStartObject("setup");
            foreach (var (key, value) in report.Setup)
                json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteStartObject("groups");
            foreach (var (kind, part) in report.ByKind)
            {
                json.WriteStartObject(kind);
                WriteFigures(json, part);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartObject("object_found_percent");
            foreach (var (thing, found) in report.ByObject)
                WriteNumber(json, thing.Name, found.Percent);
            json.WriteEndObject();
            json.WriteStartArray("pictures");
            foreach (var mark in report.Marks)
                WriteMark(json, mark);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static void WriteFigures(Utf8JsonWriter json, EvaluationReport report)
    {
        json.WriteNumber("prompts", report.Marks.Length);
        WriteNumber(json, "objects_percent", report.Objects.Percent);
        WriteNumber(json, "objects_found_percent", report.ObjectsFound.Percent);
        WriteNumber(json, "settings_percent", report.Settings.Percent);
        WriteNumber(json, "sides_percent", report.Sides.Percent);
        WriteNumber(json, "sides_of_right_objects_percent", report.SidesOfRightObjects.Percent);
        WriteNumber(json, "faces_percent", report.Faces.Percent);
        WriteNumber(json, "everything_percent", report.Everything.Percent);
    }

    private static void WriteMark(Utf8JsonWriter json, PictureMark mark)
    {
        json.WriteStartObject();
        json.WriteString("prompt", mark.Prompt.Text);
        json.WriteString("kind", mark.Prompt.Kind);
        json.WriteString("seen_setting", mark.Seen.Setting.Name);
        json.WriteStartArray("seen_objects");
        foreach (var seen in mark.Seen.Row)
            json.WriteStringValue(seen.HappyFace ? $"happy {seen.Object.Name}" : seen.Object.Name);
        json.WriteEndArray();
        json.WriteBoolean("objects", mark.ObjectsRight);
        WriteMaybe(json, "setting", mark.SettingRight);
        WriteMaybe(json, "sides", mark.SidesRight);
        WriteMaybe(json, "faces", mark.FacesRight);
        json.WriteEndObject();
    }

    private static void WriteMaybe(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } known)
            json.WriteBoolean(name, known);
        else
            json.WriteNull(name);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, Math.Round(value, 2));
        else
            json.WriteNull(name);
    }

    private static void Row(StringBuilder text, params object[] cells) => text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");
}

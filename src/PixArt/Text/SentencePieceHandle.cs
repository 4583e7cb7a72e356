using Microsoft.Win32.SafeHandles;

namespace PixArt.Text;

/// <summary>A loaded sentencepiece model.</summary>
sealed class SentencePieceHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public SentencePieceHandle(nint model) : base(ownsHandle: true) => SetHandle(model);

    protected override bool ReleaseHandle()
    {
        SentencePieceNative.px_sp_free(handle);
        return true;
    }
}

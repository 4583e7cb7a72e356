using System.Runtime.InteropServices;

namespace PixArt.Imaging.Vips;

/// <summary>The C functions of libvips and GLib's object system that we call; none of them variadic.</summary>
static unsafe partial class Native
{
    public const string Vips = "libvips.so.42";
    public const string GObject = "libgobject-2.0.so.0";
    public const string GLib = "libglib-2.0.so.0";

    /// <summary>GLib's GValue: a type and 16 bytes that only GLib looks into.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct GValue
    {
        public nuint Type;
        public long Data0;
        public long Data1;
    }

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_init(string program);

    [LibraryImport(Vips)]
    public static partial int vips_version(int flag);

    [LibraryImport(Vips)]
    public static partial void vips_concurrency_set(int threads);

    [LibraryImport(Vips)]
    public static partial int vips_concurrency_get();

    [LibraryImport(Vips)]
    public static partial void vips_cache_set_max(int operations);

    [LibraryImport(Vips)]
    public static partial nint vips_error_buffer_copy();

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint vips_operation_new(string name);

    [LibraryImport(Vips)]
    public static partial int vips_cache_operation_buildp(ref nint operation);

    [LibraryImport(Vips)]
    public static partial void vips_object_unref_outputs(nint operation);

    [LibraryImport(Vips)]
    public static partial nint vips_blob_new(nint free, byte* data, nuint length);

    [LibraryImport(Vips)]
    public static partial void* vips_blob_get(nint blob, out nuint length);

    [LibraryImport(Vips)]
    public static partial void vips_area_unref(nint area);

    [LibraryImport(Vips)]
    public static partial nint vips_image_new_from_memory_copy(
        byte* data, nuint size, int width, int height, int bands, int format);

    [LibraryImport(Vips)]
    public static partial nint vips_image_write_to_memory(VipsHandle image, out nuint size);

    [LibraryImport(Vips)]
    public static partial int vips_image_get_width(VipsHandle image);

    [LibraryImport(Vips)]
    public static partial int vips_image_get_height(VipsHandle image);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void vips_image_set_int(VipsHandle image, string name, int value);

    [LibraryImport(Vips)]
    public static partial int vips_image_get_orientation_swap(VipsHandle image);

    [LibraryImport(Vips)]
    public static partial int vips_image_get_bands(VipsHandle image);

    [LibraryImport(Vips)]
    public static partial int vips_image_get_format(VipsHandle image);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nuint vips_image_get_typeof(VipsHandle image, string name);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_image_get_blob(VipsHandle image, string name, out byte* data, out nuint length);

    [LibraryImport(GObject, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nuint g_type_from_name(string name);

    [LibraryImport(GObject)]
    public static partial void g_object_unref(nint instance);

    [LibraryImport(GObject, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void g_object_set_property(nint instance, string name, ref GValue value);

    [LibraryImport(GObject, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void g_object_get_property(nint instance, string name, ref GValue value);

    [LibraryImport(GObject)]
    public static partial nint g_value_init(ref GValue value, nuint type);

    [LibraryImport(GObject)]
    public static partial void g_value_unset(ref GValue value);

    [LibraryImport(GObject)]
    public static partial void g_value_set_boolean(ref GValue value, int boolean);

    [LibraryImport(GObject)]
    public static partial void g_value_set_int(ref GValue value, int number);

    [LibraryImport(GObject)]
    public static partial void g_value_set_double(ref GValue value, double number);

    [LibraryImport(GObject)]
    public static partial void g_value_set_enum(ref GValue value, int number);

    [LibraryImport(GObject, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void g_value_set_string(ref GValue value, string text);

    [LibraryImport(GObject)]
    public static partial void g_value_set_object(ref GValue value, VipsHandle instance);

    [LibraryImport(GObject)]
    public static partial void g_value_set_boxed(ref GValue value, nint boxed);

    [LibraryImport(GObject)]
    public static partial nint g_value_dup_object(ref GValue value);

    [LibraryImport(GObject)]
    public static partial nint g_value_get_boxed(ref GValue value);

    [LibraryImport(GLib)]
    public static partial void g_free(nint memory);

    [LibraryImport(GLib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint g_log_set_handler(
        string domain, int levels, delegate* unmanaged[Cdecl]<nint, int, nint, nint, void> handler, nint userData);
}

namespace PixArt.Imaging.Vips;

/// <summary>
/// One call of a libvips operation by name: set its arguments, build it, read its outputs. GObject properties carry the
/// arguments, as NetVips does it, because C's variadic calls have no portable form from .NET.
/// </summary>
sealed unsafe class VipsOperation : IDisposable
{
    readonly string _name;
    nint _operation;

    public VipsOperation(string name)
    {
        VipsLibrary.Start();
        _name = name;
        _operation = Native.vips_operation_new(name);
        if (_operation == 0) throw new VipsException(name);
    }

    /// <summary>Runs a one-input, one-output operation.</summary>
    public static VipsHandle Apply(string name, VipsHandle input, Action<VipsOperation>? arguments = null)
    {
        using var operation = new VipsOperation(name);
        operation.Set("in", input);
        arguments?.Invoke(operation);
        return operation.Build().Output("out");
    }

    public VipsOperation Set(string name, bool value)
    {
        var g = Value("gboolean");
        Native.g_value_set_boolean(ref g, value ? 1 : 0);
        return Set(name, ref g);
    }

    public VipsOperation Set(string name, int value)
    {
        var g = Value("gint");
        Native.g_value_set_int(ref g, value);
        return Set(name, ref g);
    }

    public VipsOperation Set(string name, double value)
    {
        var g = Value("gdouble");
        Native.g_value_set_double(ref g, value);
        return Set(name, ref g);
    }

    public VipsOperation Set(string name, string value)
    {
        var g = Value("gchararray");
        Native.g_value_set_string(ref g, value);
        return Set(name, ref g);
    }

    public VipsOperation Set(string name, VipsHandle image)
    {
        var g = Value("VipsImage");
        Native.g_value_set_object(ref g, image);
        return Set(name, ref g);
    }

    public VipsOperation SetEnum(string name, string enumeration, int value)
    {
        var g = Value(enumeration);
        Native.g_value_set_enum(ref g, value);
        return Set(name, ref g);
    }

    /// <summary>Hands over memory that must stay pinned until every image made from it is gone.</summary>
    public VipsOperation SetBlob(string name, byte* data, int length)
    {
        var g = Value("VipsBlob");
        var blob = Native.vips_blob_new(0, data, (nuint)length);
        Native.g_value_set_boxed(ref g, blob);
        Native.vips_area_unref(blob);
        return Set(name, ref g);
    }

    public VipsOperation Build()
    {
        if (Native.vips_cache_operation_buildp(ref _operation) != 0) throw new VipsException(_name);
        return this;
    }

    public VipsHandle Output(string name)
    {
        var g = Value("VipsImage");
        Native.g_object_get_property(_operation, name, ref g);
        var image = new VipsHandle(Native.g_value_dup_object(ref g));
        Native.g_value_unset(ref g);
        return image;
    }

    public byte[] OutputBlob(string name)
    {
        var g = Value("VipsBlob");
        Native.g_object_get_property(_operation, name, ref g);
        var data = Native.vips_blob_get(Native.g_value_get_boxed(ref g), out var length);
        var bytes = new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
        Native.g_value_unset(ref g);
        return bytes;
    }

    public void Dispose()
    {
        if (_operation == 0) return;
        Native.vips_object_unref_outputs(_operation);
        Native.g_object_unref(_operation);
        _operation = 0;
    }

    static Native.GValue Value(string type)
    {
        Native.GValue g = default;
        Native.g_value_init(ref g, Native.g_type_from_name(type));
        return g;
    }

    VipsOperation Set(string name, ref Native.GValue value)
    {
        Native.g_object_set_property(_operation, name, ref value);
        Native.g_value_unset(ref value);
        return this;
    }
}

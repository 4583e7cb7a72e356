namespace PixArt.Torch.Nn;

/// <summary>Fills a fresh parameter in place, drawing from the generator where it draws.</summary>
public delegate void Initializer(Tensor parameter, Generator? generator);

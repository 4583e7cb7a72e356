return PixArt.Fuzz.FuzzCommand.Create(Console.Out).Parse(args).Invoke();

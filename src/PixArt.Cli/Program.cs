using PixArt.Cli;

using var interrupts = new Interrupts();
var exitCode = await Shell.RunAsync(args, Terminal.OfProcess(), interrupts.Token);
return exitCode == ExitCode.Cancelled ? interrupts.ExitCode : exitCode;

Console.WriteLine("pixart");

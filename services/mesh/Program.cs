return await Loyalty.Mesh.MeshCommands.RunAsync(args);

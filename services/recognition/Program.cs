return await Loyalty.ServiceDefaults.Hosting.LoyaltyHost.RunAsync(args, new Loyalty.Recognitions.RecognitionsModule());

return await Loyalty.ServiceDefaults.Hosting.LoyaltyHost.RunAsync(args, new Loyalty.Communications.CommunicationsModule());

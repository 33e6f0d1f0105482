global using Database = Loyalty.ServiceDefaults.Storage.Database<Loyalty.Recognitions.RecognitionsModule>;

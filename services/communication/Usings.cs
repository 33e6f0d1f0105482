global using Database = Loyalty.ServiceDefaults.Storage.Database<Loyalty.Communications.CommunicationsModule>;

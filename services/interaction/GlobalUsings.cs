global using Database = Loyalty.ServiceDefaults.Storage.Database<Loyalty.Interactions.InteractionsModule>;
global using LookupHash = Loyalty.ServiceDefaults.Secrets.LookupHash<Loyalty.Interactions.InteractionsModule>;
global using PersonalValues = Loyalty.ServiceDefaults.Secrets.PersonalValues<Loyalty.Interactions.InteractionsModule>;

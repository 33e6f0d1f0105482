global using Database = Loyalty.ServiceDefaults.Storage.Database<Loyalty.Customers.CustomersModule>;
global using LookupHash = Loyalty.ServiceDefaults.Secrets.LookupHash<Loyalty.Customers.CustomersModule>;
global using PersonalValues = Loyalty.ServiceDefaults.Secrets.PersonalValues<Loyalty.Customers.CustomersModule>;

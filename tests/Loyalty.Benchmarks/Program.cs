using Loyalty.Benchmarks;
using Loyalty.Benchmarks.Hosts;

// The bare hosts are children of this program; what they do not need is not loaded into them.
return args switch
{
    [BareHost.Verb, var port] => await BareHost.RunAsync(port),
    [EchoHost.Verb, var port, var answer] => await EchoHost.RunAsync(port, answer),
    _ => await BenchmarkCommands.RunAsync(args),
};

// Faults that the architecture tests must find. They stand in namespaces of their own, shaped like a service's.
#pragma warning disable CA1812, CA1823, MA0048, SA1403 // never instantiated: only looked at
namespace Loyalty.Architecture.Tests.CounterExamples.Service.Domain
{
    internal sealed class RuleThatReadsADatabase
    {
        public static object Connect() => new Microsoft.AspNetCore.Http.DefaultHttpContext();

        public static void Reach(Api.Switchboard board) => board.Answer();
    }
}

namespace Loyalty.Architecture.Tests.CounterExamples.Service.Features
{
    internal sealed class CallBack(Loyalty.Customers.V1.CustomerService.CustomerServiceClient customers)
    {
        public object Call() => customers;
    }
}

namespace Loyalty.Architecture.Tests.CounterExamples.Service.Api
{
    internal sealed class Switchboard(Features.CallBack feature)
    {
        public object Answer() => feature.Call();
    }
}

namespace Loyalty.TestKit;

// Numbers as on Linux for x64 and arm64.
internal enum Signal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

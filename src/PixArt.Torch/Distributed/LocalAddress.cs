using System.Net;
using System.Net.Sockets;

namespace PixArt.Torch.Distributed;

/// <summary>The address of this machine on the network that another one is reached through: there the others reach this one.</summary>
internal static class LocalAddress
{
    /// <returns>Empty where it cannot be told, or where GLOO_SOCKET_IFNAME names the interface.</returns>
    public static string Towards(string host, int port)
    {
        if (Environment.GetEnvironmentVariable("GLOO_SOCKET_IFNAME") is { Length: > 0 }) return "";
        try
        {
            // Nothing is sent: a datagram socket only picks its route.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(host, port);
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        }
        catch (SocketException)
        {
            return "";
        }
    }
}

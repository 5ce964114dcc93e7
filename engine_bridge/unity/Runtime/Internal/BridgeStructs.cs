// The structs of eyebrush_bridge.h, byte by byte. BridgeLayout.Check holds them to the native
// library before the first session is opened.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Eyebrush.Internal
{
    public static class Bridge
    {
        public const int Ok = 0, Nothing = 1, Torn = 2, PeerGone = 3;
        public const int Argument = -1, Busy = -2, Capacity = -7;
        public const uint FeatureDepth = 1, FeaturePixels = 2;
        public const uint ModeField = 0, ModePixels = 1;
        public const uint LinkNone = 0, LinkLive = 1, LinkStalled = 2, LinkLost = 3;
        public const uint StateStarting = 0, StateRunning = 1, StatePaused = 2, StateFailed = 3;
        public const int NameBytes = 48, TextBytes = 128, ReasonBytes = 256;
    }

    /// <summary>Where one eye looked from, as OpenXR says it: right-handed, -z forward.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbView
    {
        public fixed float orientationXyzw[4];
        public fixed float positionM[3];
        public fixed float fovRad[4];
        public uint reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct EbFrame
    {
        public ulong frameId;
        public long displayTimeNs, publishNs;
        public uint eyes;
        public uint widthPx, heightPx;
        public uint colorWidthPx, colorHeightPx;
        public uint depthWidthPx, depthHeightPx;
        public uint reserved;
        public float extentU, extentV;
        public EbView left, right;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbFramePlanes
    {
        public byte* color;
        public float* depthM;
        public ulong colorBytes, depthBytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbField
    {
        public ulong frameId;
        public long displayTimeNs, framePublishNs, publishNs;
        public uint kind, eyes;
        public uint gridBins, gridHeight, gridWidth;
        public uint strokesWidthPx, strokesHeightPx;
        public uint pixelsWidthPx, pixelsHeightPx;
        public float strength;
        public float extentU, extentV;
        public EbView left, right;
        public ulong ingestNs, toneNs, networkNs, compositeNs;
        public fixed byte status[Bridge.TextBytes];
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbFieldPlanes
    {
        public float* grid;
        public byte* strokes;
        public byte* pixels;
        public ulong gridBytes, strokesBytes, pixelsBytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbControl
    {
        public uint mode, paused;
        public float strength;
        public uint hasStrength;
        public float mix;
        public uint codeCount;
        public fixed float toneOut[12];
        public fixed byte style[Bridge.TextBytes];
        public fixed byte mixStyle[Bridge.TextBytes];
        public fixed byte network[Bridge.TextBytes];
        public float calm, detail;
        public uint hasCalm, hasDetail;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbReport
    {
        public uint state;
        public float fieldsPerS;
        public ulong fieldsMade, framesSkipped, fieldNs;
        public fixed byte style[Bridge.TextBytes];
        public fixed byte backend[Bridge.TextBytes];
        public fixed byte reason[Bridge.ReasonBytes];
        public uint headEyes, reserved;
        public long headDisplayTimeNs;
        public EbView headLeft, headRight;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct EbStatus
    {
        public uint link, runtimePid;
        public long silentNs;
        public ulong framesPublished, fieldsSkipped, fieldsTorn;
        public EbReport report;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct EbEngineConfig
    {
        public fixed byte name[Bridge.NameBytes];
        public fixed byte engine[Bridge.TextBytes];
        public uint maxWidthPx, maxHeightPx, maxEyes, features;
    }

    /// <summary>Texts in the structs are UTF-8 and end with a zero.</summary>
    public static unsafe class BridgeText
    {
        public static string Read(byte* text, int bytes)
        {
            int length = 0;
            while (length < bytes && text[length] != 0) length++;
            return Encoding.UTF8.GetString(text, length);
        }

        /// <summary>Writes at most bytes - 1 of the text, cut between characters. Makes no garbage.</summary>
        public static void Write(byte* to, int bytes, string text)
        {
            int length = text.Length, written = 0;
            fixed (char* from = text)
            {
                while (length > 0 && Encoding.UTF8.GetByteCount(from, length) >= bytes) length--;
                if (length > 0 && char.IsHighSurrogate(from[length - 1])) length--;
                if (length > 0) written = Encoding.UTF8.GetBytes(from, length, to, bytes - 1);
            }
            for (int i = written; i < bytes; i++) to[i] = 0;
        }
    }
}

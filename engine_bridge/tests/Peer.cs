// One side of a session as a C# process, through the P/Invoke layer of the Unity package; the same
// commands and the same pattern as peer.c.
using System;
using System.Diagnostics;
using System.Threading;
using Eyebrush.Internal;

static unsafe class Peer
{
    const long SecondNs = 1000000000;
    static ulong sent, received, torn, wrong;

    static void Fill(void* plane, ulong bytes, ulong id)
    {
        uint* words = (uint*)plane;
        uint first = unchecked((uint)id * 2654435761u);
        for (ulong i = 0; i < bytes / 4; i++) words[i] = unchecked(first + (uint)i);
    }

    static bool Holds(void* plane, ulong bytes, ulong id)
    {
        uint* words = (uint*)plane;
        uint first = unchecked((uint)id * 2654435761u), differs = 0;
        for (ulong i = 0; i < bytes / 4; i++) differs |= words[i] ^ unchecked(first + (uint)i);
        return differs == 0;
    }

    static void Want(int status)
    {
        if (status == Bridge.Ok) return;
        throw new Exception(BridgeNative.StatusText(status) + ": " + BridgeNative.LastMessage());
    }

    static ulong TakeField(EngineHandle engine)
    {
        EbField field;
        EbFieldPlanes from;
        if (BridgeNative.eb_engine_acquire_field(engine, &field, &from) != Bridge.Ok) return 0;
        bool good = field.displayTimeNs == (long)field.frameId * 1000 &&
                    Holds(from.grid, from.gridBytes, field.frameId) &&
                    Holds(from.strokes, from.strokesBytes, field.frameId);
        int released = BridgeNative.eb_engine_release_field(engine);
        received++;
        if (released == Bridge.Torn) torn++;
        else if (!good) wrong++;
        return released == Bridge.Ok ? field.frameId : 0;
    }

    static void RunEngine(string name, ulong count)
    {
        EbEngineConfig config = new EbEngineConfig { maxWidthPx = 200, maxHeightPx = 120, maxEyes = 2 };
        BridgeText.Write(config.name, Bridge.NameBytes, name);
        BridgeText.Write(config.engine, Bridge.TextBytes, "C# peer");
        EngineHandle engine;
        Want(BridgeNative.eb_engine_open(&config, out engine));
        for (ulong id = 1; id <= count; id++)
        {
            EbFrame frame = new EbFrame {
                frameId = id, displayTimeNs = (long)id * 1000, eyes = 2, widthPx = 200, heightPx = 120,
                colorWidthPx = BridgeNative.eb_small_px(200), colorHeightPx = BridgeNative.eb_small_px(120),
                extentU = 1, extentV = 1 };
            EbFramePlanes into;
            Want(BridgeNative.eb_engine_begin_frame(engine, &frame, &into));
            Fill(into.color, into.colorBytes, id);
            Want(BridgeNative.eb_engine_publish(engine));
            sent++;
            long until = BridgeNative.eb_now_ns() + 30 * SecondNs;
            while (TakeField(engine) != id)
            {
                if (BridgeNative.eb_now_ns() > until) throw new Exception("no field of frame " + id);
                BridgeNative.eb_engine_wait_field(engine, 100000000);
            }
            EbStatus status;
            BridgeNative.eb_engine_status(engine, &status);
        }
        engine.Dispose();
    }

    static void RunRuntime(string name)
    {
        IntPtr runtime;
        long until = BridgeNative.eb_now_ns() + 30 * SecondNs;
        while (BridgeNative.eb_runtime_attach(name, out runtime) != Bridge.Ok)
        {
            if (BridgeNative.eb_now_ns() > until) throw new Exception(BridgeNative.LastMessage());
            Thread.Sleep(1);
        }
        int status;
        while ((status = BridgeNative.eb_runtime_wait_frame(runtime, 20000000)) != Bridge.PeerGone)
        {
            BridgeNative.eb_runtime_beat(runtime);
            EbFrame frame;
            EbFramePlanes from;
            if (status != Bridge.Ok) continue;
            if (BridgeNative.eb_runtime_acquire_frame(runtime, &frame, &from) != Bridge.Ok) continue;
            bool good = frame.displayTimeNs == (long)frame.frameId * 1000 &&
                        Holds(from.color, from.colorBytes, frame.frameId);
            int released = BridgeNative.eb_runtime_release_frame(runtime);
            received++;
            if (released == Bridge.Torn) { torn++; continue; }
            if (!good) { wrong++; continue; }
            EbField field = new EbField {
                frameId = frame.frameId, displayTimeNs = frame.displayTimeNs,
                framePublishNs = frame.publishNs, eyes = frame.eyes, gridBins = 8, gridHeight = 16,
                gridWidth = 16, strokesWidthPx = 2 * frame.colorWidthPx,
                strokesHeightPx = 2 * frame.colorHeightPx, strength = 1, extentU = 1, extentV = 1,
                left = frame.left, right = frame.right };
            EbFieldPlanes into;
            Want(BridgeNative.eb_runtime_begin_field(runtime, &field, &into));
            Fill(into.grid, into.gridBytes, frame.frameId);
            Fill(into.strokes, into.strokesBytes, frame.frameId);
            Want(BridgeNative.eb_runtime_publish(runtime));
            sent++;
        }
        BridgeNative.eb_runtime_detach(runtime);
    }

    static int Main(string[] args)
    {
        BridgeLayout.Check();
        if (args[0] == "engine") RunEngine(args[1], ulong.Parse(args[2]));
        else RunRuntime(args[1]);
        Console.WriteLine("{\"sent\": " + sent + ", \"received\": " + received + ", \"torn\": " + torn +
            ", \"wrong\": " + wrong + "}");
        return wrong + torn == 0 ? 0 : 1;
    }
}

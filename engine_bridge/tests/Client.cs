// The Unity package's bridge client on Mono, doing each frame what its render pass does, with made-up
// pictures. tests/test_unity_bridge.py runs it beside `eyebrush serve` and `eyebrush feed`.
//
//   Client offsets                  every field's place in every struct, as JSON
//   Client views FILE               ViewMath's results for the matrices in FILE (32-bit floats)
//   Client play NAME FIELDS         until so many came; for each, frame id and checksum of its planes
//   Client watch NAME SECONDS       a line whenever the state changes
//   Client garbage NAME WARM COUNT  bytes allocated and collections in COUNT frames after WARM ones
//   Client runtime NAME             the other side: a checksum for each frame of the engine
using System;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using Eyebrush.Internal;

/// <summary>Where Unity has textures: one buffer for each plane, and their checksum.</summary>
unsafe class Buffers : IFieldTarget
{
    const uint Polynomial = 0xEDB88320; // zlib's CRC-32
    static readonly uint[] Table = MakeTable();
    ushort[] grid = new ushort[0];
    byte[] strokes = new byte[0];
    EbField copied;
    readonly bool sums;

    public EbField Field;
    public uint Sum;
    public ulong Count;

    public Buffers(bool sums) { this.sums = sums; }

    static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            table[i] = i;
            for (int bit = 0; bit < 8; bit++) table[i] = (table[i] >> 1) ^ (table[i] & 1) * Polynomial;
        }
        return table;
    }

    public static uint Crc(byte* bytes, ulong count, uint sum)
    {
        sum = ~sum;
        for (ulong i = 0; i < count; i++) sum = (sum >> 8) ^ Table[(sum ^ bytes[i]) & 255];
        return ~sum;
    }

    public void Copy(EbField* field, EbFieldPlanes* planes)
    {
        copied = *field;
        uint numbers = field->gridBins * field->gridHeight * field->gridWidth * 12;
        if (grid.Length < numbers) grid = new ushort[numbers];
        if (strokes.Length < (int)planes->strokesBytes) strokes = new byte[planes->strokesBytes];
        for (uint eye = 0; eye < field->eyes; eye++)
            fixed (ushort* to = grid)
                BridgeNative.eb_pack_grid(planes->grid + eye * numbers, field->gridBins, field->gridHeight,
                    field->gridWidth, to);
        fixed (byte* to = strokes)
            Buffer.MemoryCopy(planes->strokes, to, strokes.Length, (long)planes->strokesBytes);
        if (!sums) return;
        Sum = Crc((byte*)planes->grid, planes->gridBytes, 0);
        Sum = Crc(planes->strokes, planes->strokesBytes, Sum);
        fixed (ushort* packed = grid) Sum = Crc((byte*)packed, 2 * numbers, Sum); // of the last eye
    }

    public void Use()
    {
        Field = copied;
        Count++;
    }
}

/// <summary>A game without an engine: two eyes of 96 x 96 pixels.</summary>
unsafe class Game : IDisposable
{
    const int Side = 96;
    readonly uint small = BridgeNative.eb_small_px(Side);
    readonly byte[] pixels;
    readonly Session session = new Session();
    Session.Wish wish = new Session.Wish { Style = "", MixStyle = "", Strength = 0.75f, Detail = 0.25f };
    readonly float[] rows = new float[12];
    Fade fade;
    ulong frames;

    public readonly Buffers Buffers;
    public Judgement Judgement;

    public Game(string name, bool sums)
    {
        Buffers = new Buffers(sums);
        pixels = new byte[2 * small * small * 4];
        int answer = session.Open(name, "Mono client", Side, Side, 2);
        if (answer != Bridge.Ok) throw new Exception(BridgeNative.LastMessage());
    }

    /// <summary>One frame, with everything that the render pass asks of the package's engine-free part.</summary>
    public void Frame()
    {
        session.Refresh();
        wish.Mix = frames % 64 / 64f; // as a volume that blends: a new wish every frame
        session.Send(wish);
        session.TakeField(Buffers);
        bool live = session.Link == Bridge.LinkLive;
        double age = BridgeNative.eb_now_ns() - Buffers.Field.framePublishNs;
        bool usable = Buffers.Count > 0, fresh = live && usable && age < 800e6;
        fade.Step(fresh, BridgeNative.eb_now_ns() * 1e-9, 0.2f);
        Judgement = Judgement.Of(session.Link, session.RuntimeState, usable, fresh, session.RuntimeReason);
        Publish();
    }

    void Publish()
    {
        EbFrame frame = new EbFrame {
            frameId = ++frames, displayTimeNs = (long)frames * 1000, eyes = 2, widthPx = Side,
            heightPx = Side, colorWidthPx = small, colorHeightPx = small, extentU = 1, extentV = 1 };
        float* view = stackalloc float[16];
        float* projection = stackalloc float[16];
        for (int i = 0; i < 16; i++) view[i] = projection[i] = 0;
        view[0] = view[5] = view[15] = 1;
        view[10] = -1;
        projection[0] = projection[5] = 1.2f;
        projection[10] = projection[11] = -1;
        ViewMath.ViewOf(view, projection, &frame.left);
        ViewMath.ViewOf(view, projection, &frame.right);
        EbView seen = Buffers.Field.left;
        fixed (float* to = rows) ViewMath.Reprojection(&frame.left, &seen, to);
        fixed (byte* from = pixels)
        {
            for (int i = 0; i < pixels.Length; i++) from[i] = (byte)(i / 4 + (int)frames);
            session.Publish(&frame, from, from + pixels.Length / 2);
        }
    }

    public string Figures
    {
        get
        {
            return session.Name + " " + session.RuntimeStyle + " " + (Buffers.Field.strength == 0.75f);
        }
    }

    public void Dispose() { session.Dispose(); }
}

static unsafe class Client
{
    static void Play(string name, ulong fields)
    {
        using (Game game = new Game(name, true))
        {
            ulong seen = 0;
            while (seen < fields)
            {
                game.Frame();
                if (game.Buffers.Count != seen)
                    Console.WriteLine(game.Buffers.Field.frameId + " " + game.Buffers.Sum);
                seen = game.Buffers.Count;
                Thread.Sleep(2);
            }
            Console.WriteLine("figures " + game.Figures);
        }
    }

    static void Watch(string name, double seconds)
    {
        using (Game game = new Game(name, false))
        {
            string said = null;
            long until = BridgeNative.eb_now_ns() + (long)(seconds * 1e9);
            while (BridgeNative.eb_now_ns() < until)
            {
                game.Frame();
                string now = game.Judgement.Painting ? "painting" : game.Judgement.Reason;
                if (now != said) Console.WriteLine(now);
                said = now;
                Thread.Sleep(2);
            }
        }
    }

    static void Garbage(string name, int warm, int count)
    {
        MethodInfo counter = typeof(GC).GetMethod("GetAllocatedBytesForCurrentThread");
        Func<long> allocated = (Func<long>)Delegate.CreateDelegate(typeof(Func<long>), counter);
        using (Game game = new Game(name, false))
        {
            for (int i = 0; i < warm || game.Buffers.Count == 0; i++)
            {
                game.Frame();
                Thread.Sleep(1);
            }
            ulong fields = game.Buffers.Count;
            int collections = GC.CollectionCount(0);
            long before = allocated();
            for (int i = 0; i < count || game.Buffers.Count < fields + 3; i++) game.Frame();
            long bytes = allocated() - before;
            collections = GC.CollectionCount(0) - collections;
            Console.WriteLine("{\"bytes\": " + bytes + ", \"collections\": " + collections +
                ", \"fields\": " + (game.Buffers.Count - fields) + "}");
        }
    }

    static void Offsets()
    {
        Type[] structs = { typeof(EbView), typeof(EbFrame), typeof(EbFramePlanes), typeof(EbField),
            typeof(EbFieldPlanes), typeof(EbControl), typeof(EbReport), typeof(EbStatus),
            typeof(EbEngineConfig) };
        string all = "";
        foreach (Type type in structs)
        {
            string line = "";
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
                line += (line == "" ? "" : ", ") + "\"" + field.Name + "\": " +
                    (int)Marshal.OffsetOf(type, field.Name);
            all += (all == "" ? "" : ", ") + "\"" + type.Name + "\": {" + line + "}";
        }
        Console.WriteLine("{" + all + "}");
    }

    /// <summary>FILE: for each case 16 + 16 floats of the frame and 16 + 16 of the field, column by column.
    /// Out: 11 numbers of the frame's view, 12 of the reprojection, 2 of the depth line, on one line each.</summary>
    static void Views(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        fixed (byte* all = bytes)
            for (float* at = (float*)all; at < (float*)(all + bytes.Length); at += 64)
            {
                EbView frame, field;
                float* rows = stackalloc float[14];
                ViewMath.ViewOf(at, at + 16, &frame);
                ViewMath.ViewOf(at + 32, at + 48, &field);
                ViewMath.Reprojection(&frame, &field, rows);
                ViewMath.DepthLine(at + 16, true, rows + 12);
                string line = "";
                for (int i = 0; i < 11; i++) line += ((float*)&frame)[i].ToString("R") + " ";
                for (int i = 0; i < 14; i++) line += rows[i].ToString("R") + " ";
                Console.WriteLine(line);
            }
    }

    /// <summary>Answers every frame with its own colours as strokes, until the engine leaves.</summary>
    static void Runtime(string name)
    {
        IntPtr runtime;
        long until = BridgeNative.eb_now_ns() + 60000000000;
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
            if (status != Bridge.Ok || BridgeNative.eb_runtime_acquire_frame(runtime, &frame, &from) != Bridge.Ok)
                continue;
            uint sum = Buffers.Crc(from.color, from.colorBytes, 0);
            EbField field = new EbField {
                frameId = frame.frameId, displayTimeNs = frame.displayTimeNs, framePublishNs = frame.publishNs,
                eyes = frame.eyes, gridBins = 1, gridHeight = 1, gridWidth = 1, extentU = 1, extentV = 1,
                strokesWidthPx = frame.colorWidthPx, strokesHeightPx = frame.colorHeightPx, strength = 1,
                left = frame.left, right = frame.right };
            EbFieldPlanes into;
            BridgeNative.eb_runtime_begin_field(runtime, &field, &into);
            for (ulong i = 0; i < into.gridBytes / 4; i++) into.grid[i] = i % 12 % 5 == 0 ? 1 : 0;
            Buffer.MemoryCopy(from.color, into.strokes, (long)into.strokesBytes, (long)from.colorBytes);
            if (BridgeNative.eb_runtime_release_frame(runtime) != Bridge.Ok) continue;
            BridgeNative.eb_runtime_publish(runtime);
            Console.WriteLine(frame.frameId + " " + sum);
        }
        BridgeNative.eb_runtime_detach(runtime);
    }

    static int Main(string[] args)
    {
        if (Session.LibraryFault() is string fault)
        {
            Console.Error.WriteLine(fault);
            return 3;
        }
        StreamWriter lines = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(lines);
        switch (args[0])
        {
            case "offsets": Offsets(); break;
            case "views": Views(args[1]); break;
            case "play": Play(args[1], ulong.Parse(args[2])); break;
            case "watch": Watch(args[1], double.Parse(args[2])); break;
            case "garbage": Garbage(args[1], int.Parse(args[2]), int.Parse(args[3])); break;
            case "runtime": Runtime(args[1]); break;
        }
        return 0;
    }
}

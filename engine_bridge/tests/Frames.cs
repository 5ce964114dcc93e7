// Frames of the Unity package's renderer feature without Unity: its own code, on the stubs of
// tests/unity_stubs, which record passes and draws and answer read-backs. tests/test_unity_frames.py runs it
// beside a runtime.
//
//   Frames paint MODE WARM COUNT   MODE: flat, multi-pass or single-pass; one painted frame's passes, then what
//                                  COUNT frames allocate after WARM ones
//   Frames change                  eyes grow, shrink, become one; the feature is made anew: a line for each
//   Frames refuse WHY              WHY: gamma, views, volume or shader; the state and the reason
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Eyebrush;
using UnityEngine;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;
using UnityEngine.Rendering.RenderGraphModule;
using UnityEngine.Rendering.Universal;

/// <summary>A universal renderer with one feature and one camera.</summary>
sealed class Game
{
    sealed class Renderer : ScriptableRenderer { }

    const int Side = 96;
    const double PatienceS = 30;
    static readonly Stopwatch clock = Stopwatch.StartNew();

    readonly EyebrushFeature feature = ScriptableObject.CreateInstance<EyebrushFeature>();
    readonly Renderer renderer = new Renderer();
    readonly RenderGraph graph = new RenderGraph();
    readonly ContextContainer context = new ContextContainer();
    readonly UniversalCameraData camera = new UniversalCameraData();
    readonly UniversalResourceData resources = new UniversalResourceData();
    readonly int recordings;
    RenderingData data;

    public readonly EyebrushVolume Look = ScriptableObject.CreateInstance<EyebrushVolume>();
    public readonly List<string> Log = new List<string>();
    public bool Logs;

    /// <summary>The last frame was sent, and painted in full.</summary>
    public bool LoggedAll
    {
        get { return Log.Contains("Eyebrush read back, reads 1") && Log[Log.Count - 1].EndsWith("0.50"); }
    }

    public Game(bool stereo, bool singlePass, int views)
    {
        recordings = stereo && !singlePass ? 2 : 1;
        VolumeManager.instance.stack.component = Look;
        Look.strength.Override(0.5f);
        Look.fadeSeconds.Override(0.05f);
        Look.maxFieldAgeSeconds.Override(5);
        CameraData.current = new Camera { cameraType = CameraType.Game };
        camera.xr = new XRPass { enabled = stereo, singlePassEnabled = singlePass,
            viewCount = singlePass ? views : stereo ? 1 : 0 };
        Resize(Side);
        context.items[typeof(UniversalCameraData)] = camera;
        context.items[typeof(UniversalResourceData)] = resources;
        graph.executing = Executing;
        graph.commands.drawn = Drawn;
        feature.Create();
    }

    public void Resize(int side)
    {
        RenderTextureDescriptor eyes = new RenderTextureDescriptor(side, side) {
            volumeDepth = Math.Max(camera.xr.viewCount, 1), msaaSamples = 1,
            dimension = TextureDimension.Tex2DArray };
        camera.cameraTargetDescriptor = eyes;
        resources.activeColorTexture = new TextureHandle { handle = RTHandles.Alloc(eyes, name: "scene") };
        resources.cameraDepthTexture = new TextureHandle { handle = RTHandles.Alloc(eyes, name: "depth") };
    }

    /// <summary>The headset is taken off: one eye, on the screen.</summary>
    public void LeaveXR()
    {
        camera.xr.enabled = camera.xr.singlePassEnabled = false;
        camera.xr.viewCount = 0;
    }

    public void Anew()
    {
        feature.Dispose();
        feature.Create();
    }

    /// <summary>Frames until a field of frames from now on is shown.</summary>
    public string Painted()
    {
        double began = clock.Elapsed.TotalSeconds;
        while (true)
        {
            Frame();
            EyebrushReport now = EyebrushReport.Current;
            double passed = clock.Elapsed.TotalSeconds - began;
            if (now.State == EyebrushState.Painting && now.FieldAgeSeconds < passed)
                return "painting, session " + now.Session;
            if (passed > PatienceS) return now.Reason;
            Thread.Sleep(1);
        }
    }

    /// <summary>What Unity does each frame: enqueue, record, execute; read-backs come a frame later.</summary>
    public void Frame()
    {
        Fake.Answer();
        Fake.Frame++;
        Fake.Seconds = clock.Elapsed.TotalSeconds;
        renderer.enqueued = null;
        feature.AddRenderPasses(renderer, ref data);
        if (renderer.enqueued == null) return;
        for (int recording = 0; recording < recordings; recording++)
        {
            camera.xr.multipassId = recording;
            for (int view = 0; view < 2; view++) SetMatrices(view, recording + view);
            renderer.enqueued.RecordRenderGraph(graph, context);
            graph.Execute();
        }
    }

    /// <summary>An eye 6.4 cm beside the other, looking forward.</summary>
    void SetMatrices(int view, int eye)
    {
        Matrix4x4 toEye = Matrix4x4.identity, projection = new Matrix4x4();
        toEye.m22 = -1;
        toEye.m03 = eye == 0 ? 0.032f : -0.032f;
        projection.m00 = projection.m11 = 1.2f;
        projection.m22 = -1;
        projection.m23 = -0.1f;
        projection.m32 = -1;
        camera.view[view] = toEye;
        camera.projection[view] = projection;
    }

    void Executing(Recorded pass)
    {
        if (!Logs) return;
        string target = pass.target == null ? "" : " to " + pass.target.rt.name + " " + pass.slice;
        Log.Add(pass.name + target + ", reads " + pass.reads);
    }

    void Drawn(int pass, MaterialPropertyBlock block)
    {
        if (!Logs) return;
        string from = block.Texture("_BlitTexture").name + " for eye " + block.Vector("_EyebrushEye").x;
        string look = pass == 2 ? ", strength " + block.Vector("_EyebrushLook").x.ToString("0.00") : "";
        Log.Add("draw " + pass + " from " + from + look);
    }
}

static class Frames
{
    static void Paint(string mode, int warm, int count)
    {
        Game game = new Game(mode != "flat", mode == "single-pass", 2);
        game.Painted();
        for (int i = 0; i < warm; i++) // the fade is over long before
        {
            game.Frame();
            Thread.Sleep(1);
        }
        game.Logs = true;
        for (int i = 0; i < 2000 && !game.LoggedAll; i++) // a starved runtime counts as stalled: not then
        {
            game.Log.Clear();
            game.Frame();
            Thread.Sleep(1);
        }
        game.Logs = false;
        foreach (string line in game.Log) Console.WriteLine(line);
        Func<long> allocated = (Func<long>)Delegate.CreateDelegate(typeof(Func<long>),
            typeof(GC).GetMethod("GetAllocatedBytesForCurrentThread"));
        long sent = EyebrushReport.Current.FramesSent, before = allocated();
        for (int i = 0; i < count; i++) game.Frame();
        long bytes = allocated() - before;
        EyebrushReport now = EyebrushReport.Current;
        Console.WriteLine("allocated " + bytes);
        Console.WriteLine("sent " + (now.FramesSent > sent));
        Console.WriteLine(now.Style + " as " + now.Session);
    }

    static void Change()
    {
        Game game = new Game(true, true, 2);
        Console.WriteLine("first " + game.Painted());
        game.Resize(160);
        Console.WriteLine("larger " + game.Painted());
        game.Resize(64);
        Console.WriteLine("smaller " + game.Painted());
        game.LeaveXR();
        game.Resize(64);
        Console.WriteLine("one eye " + game.Painted());
        game.Anew();
        Console.WriteLine("anew " + game.Painted());
    }

    static void Refuse(string why)
    {
        if (why == "gamma") Fake.ColorSpace = ColorSpace.Gamma;
        Game game = new Game(true, true, why == "views" ? 4 : 2);
        if (why == "volume") game.Look.strength.Override(0);
        for (int i = 0; i < 3; i++) game.Frame();
        EyebrushReport now = EyebrushReport.Current;
        Console.WriteLine(now.State + ": " + now.Reason);
    }

    static void Main(string[] args)
    {
        if (args[0] == "paint") Paint(args[1], int.Parse(args[2]), int.Parse(args[3]));
        else if (args[0] == "change") Change();
        else Refuse(args[1]);
    }
}

// P/Invoke of the bridge's C library, and the check that both sides mean the same bytes.
using System;
using System.Runtime.InteropServices;

namespace Eyebrush.Internal
{
    /// <summary>The calls of eyebrush_bridge.h; its comments say what they do. None of them is given
    /// managed memory that the collector may move, and none of them allocates.</summary>
    public static unsafe class BridgeNative
    {
        const string Library = "eyebrush_bridge";
        const CallingConvention C = CallingConvention.Cdecl;

        [DllImport(Library, CallingConvention = C)] public static extern uint eb_version();
        [DllImport(Library, CallingConvention = C)] static extern IntPtr eb_status_text(int status);
        [DllImport(Library, CallingConvention = C)] static extern IntPtr eb_last_message();
        [DllImport(Library, CallingConvention = C)] public static extern long eb_now_ns();
        [DllImport(Library, CallingConvention = C)] public static extern uint eb_small_px(uint fullPx);
        [DllImport(Library, CallingConvention = C)] public static extern ulong eb_struct_bytes(uint which);

        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_open(EbEngineConfig* config, out EngineHandle engine);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_begin_frame(EngineHandle engine, EbFrame* frame, EbFramePlanes* planes);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_publish(EngineHandle engine);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_acquire_field(EngineHandle engine, EbField* field, EbFieldPlanes* planes);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_release_field(EngineHandle engine);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_wait_field(EngineHandle engine, long timeoutNs);
        [DllImport(Library, CallingConvention = C)] public static extern void eb_pack_grid(float* grid, uint bins, uint height, uint width, ushort* texels);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_set_control(EngineHandle engine, EbControl* control, float* code);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_engine_status(EngineHandle engine, EbStatus* status);
        [DllImport(Library, CallingConvention = C)] internal static extern void eb_engine_close(IntPtr engine);

        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_attach([MarshalAs(UnmanagedType.LPStr)] string name, out IntPtr runtime);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_wait_frame(IntPtr runtime, long timeoutNs);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_acquire_frame(IntPtr runtime, EbFrame* frame, EbFramePlanes* planes);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_release_frame(IntPtr runtime);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_begin_field(IntPtr runtime, EbField* field, EbFieldPlanes* planes);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_publish(IntPtr runtime);
        [DllImport(Library, CallingConvention = C)] public static extern int eb_runtime_beat(IntPtr runtime);
        [DllImport(Library, CallingConvention = C)] public static extern void eb_runtime_detach(IntPtr runtime);

        /// <summary>A few words on a status.</summary>
        public static string StatusText(int status) { return Marshal.PtrToStringAnsi(eb_status_text(status)); }

        /// <summary>Got, wanted and fix of this thread's last failure.</summary>
        public static string LastMessage() { return Marshal.PtrToStringAnsi(eb_last_message()); }
    }

    public static unsafe class BridgeLayout
    {
        /// <summary>Throws where the structs here and in the native library differ.</summary>
        public static void Check()
        {
            uint version = BridgeNative.eb_version();
            if (version >> 16 != 1)
                throw new InvalidOperationException("got eyebrush_bridge " + (version >> 16) + "." +
                    (version & 0xffff) + "; wanted 1.x; fix: reinstall the Eyebrush package");
            Size("EbView", sizeof(EbView), 0, 48);
            Size("EbFrame", sizeof(EbFrame), 1, 160);
            Size("EbFramePlanes", sizeof(EbFramePlanes), 2, 16 + 2 * sizeof(void*));
            Size("EbField", sizeof(EbField), 3, 336);
            Size("EbFieldPlanes", sizeof(EbFieldPlanes), 4, 24 + 3 * sizeof(void*));
            Size("EbControl", sizeof(EbControl), 5, 472);
            Size("EbReport", sizeof(EbReport), 6, 656);
            Size("EbStatus", sizeof(EbStatus), 7, 696);
            Size("EbEngineConfig", sizeof(EbEngineConfig), 9, 192);
            EbFrame frame;
            Offset("EbFrame.eyes", (byte*)&frame.eyes - (byte*)&frame, 24);
            Offset("EbFrame.extentU", (byte*)&frame.extentU - (byte*)&frame, 56);
            Offset("EbFrame.left", (byte*)&frame.left - (byte*)&frame, 64);
            EbField field;
            Offset("EbField.kind", (byte*)&field.kind - (byte*)&field, 32);
            Offset("EbField.extentU", (byte*)&field.extentU - (byte*)&field, 72);
            Offset("EbField.left", (byte*)&field.left - (byte*)&field, 80);
            Offset("EbField.ingestNs", (byte*)&field.ingestNs - (byte*)&field, 176);
            Offset("EbField.status", field.status - (byte*)&field, 208);
            EbControl control;
            Offset("EbControl.style", control.style - (byte*)&control, 72);
            EbReport report;
            Offset("EbReport.style", report.style - (byte*)&report, 32);
            Offset("EbReport.headEyes", (byte*)&report.headEyes - (byte*)&report, 544);
            Offset("EbReport.headLeft", (byte*)&report.headLeft - (byte*)&report, 560);
            EbStatus status;
            Offset("EbStatus.report", (byte*)&status.report - (byte*)&status, 40);
            EbEngineConfig config;
            Offset("EbEngineConfig.maxWidthPx", (byte*)&config.maxWidthPx - (byte*)&config, 176);
        }

        static void Size(string name, int here, uint which, int wanted)
        {
            ulong native = BridgeNative.eb_struct_bytes(which);
            if (here != wanted || native != (ulong)here) Fail(name, here, native, wanted);
        }

        static void Offset(string name, long here, int wanted)
        {
            if (here != wanted) Fail(name, here, (ulong)wanted, wanted);
        }

        static void Fail(string name, long here, ulong native, int wanted)
        {
            throw new InvalidOperationException("got " + name + " at or of " + here + " bytes, " + native +
                " in the native library; wanted " + wanted + "; fix: reinstall the Eyebrush package");
        }
    }
}

using System;
using System.Runtime.InteropServices;

namespace Eyebrush.Internal
{
    /// <summary>An open session of the native library. Closed once, by <c>Dispose</c> or, where that was
    /// forgotten (a domain reload, an exception), by the finalizer; never while a call runs in it.</summary>
    public sealed class EngineHandle : SafeHandle
    {
        EngineHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        protected override bool ReleaseHandle()
        {
            BridgeNative.eb_engine_close(handle);
            return true;
        }
    }
}

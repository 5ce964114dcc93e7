// What stands behind the signatures of UnityEngine.cs: a clock, and a GPU that answers read-backs.
using System;
using System.Collections.Generic;
using UnityEngine.Rendering;

namespace UnityEngine
{
    /// <summary>The machine behind the signatures, for Frames.cs.</summary>
    static class Fake
    {
        struct Asked
        {
            public RenderTexture source;
            public Action<AsyncGPUReadbackRequest> callback;
        }

        static readonly Dictionary<string, int> ids = new Dictionary<string, int>();
        static readonly Queue<Asked> asked = new Queue<Asked>(16);
        internal static int Frame = 0;
        internal static double Seconds = 0;
        internal static ColorSpace ColorSpace = ColorSpace.Linear;

        internal static int Id(string name)
        {
            int id;
            if (!ids.TryGetValue(name, out id)) ids[name] = id = ids.Count + 1;
            return id;
        }

        internal static void Ask(RenderTexture source, Action<AsyncGPUReadbackRequest> callback)
        {
            asked.Enqueue(new Asked { source = source, callback = callback });
        }

        /// <summary>What the GPU was asked for arrives.</summary>
        internal static int Answer()
        {
            int count = asked.Count;
            while (asked.Count > 0)
            {
                Asked next = asked.Dequeue();
                next.callback(new AsyncGPUReadbackRequest { source = next.source });
            }
            return count;
        }
    }
}

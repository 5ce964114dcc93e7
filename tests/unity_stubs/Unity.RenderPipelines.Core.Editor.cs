// Signatures of the SRP core's editor part that the package uses, and no others; nothing here does anything.
// Written from the pages named behind each: CORE/ is
// https://docs.unity3d.com/Packages/com.unity.render-pipelines.core@17.0/api/
using System;
using System.Linq.Expressions;

namespace UnityEditor.Rendering
{
    public sealed class PropertyFetcher<T> : IDisposable // CORE/UnityEditor.Rendering.PropertyFetcher-1.html
    {
        public PropertyFetcher(SerializedObject obj) { } // CORE/UnityEditor.Rendering.PropertyFetcher-1.html
        public SerializedProperty Find<TValue>(Expression<Func<T, TValue>> expr) { throw null; } // CORE/UnityEditor.Rendering.PropertyFetcher-1.html
        public void Dispose() { } // CORE/UnityEditor.Rendering.PropertyFetcher-1.html
    }

    public sealed class SerializedDataParameter // CORE/UnityEditor.Rendering.SerializedDataParameter.html
    {
        public SerializedProperty overrideState { get { throw null; } } // CORE/UnityEditor.Rendering.SerializedDataParameter.html
        public SerializedProperty value { get { throw null; } } // CORE/UnityEditor.Rendering.SerializedDataParameter.html
    }

    public class VolumeComponentEditor : Editor // CORE/UnityEditor.Rendering.VolumeComponentEditor.html
    {
        public virtual void OnEnable() { } // CORE/UnityEditor.Rendering.VolumeComponentEditor.html
        protected SerializedDataParameter Unpack(SerializedProperty property) { throw null; } // CORE/UnityEditor.Rendering.VolumeComponentEditor.html
        protected bool PropertyField(SerializedDataParameter property) { throw null; } // CORE/UnityEditor.Rendering.VolumeComponentEditor.html
    }
}

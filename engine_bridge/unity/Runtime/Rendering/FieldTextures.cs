using Eyebrush.Internal;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;
using UnityEngine.Rendering;

namespace Eyebrush
{
    /// <summary>The newest style field on the GPU: for each eye a 3D texture of colour transforms and a texture of
    /// strokes. Made anew only when a field of another size comes.</summary>
    sealed unsafe class FieldTextures : IFieldTarget
    {
        const int MaxEyes = 2;
        const int RowsOfTransform = 3;

        readonly Texture3D[] grid = new Texture3D[MaxEyes];
        readonly Texture2D[] strokes = new Texture2D[MaxEyes];
        EbField copied;

        /// <summary>What the textures hold; Field.eyes is 0 while there is none.</summary>
        public EbField Field;

        public Texture3D Grid(int eye)
        {
            return grid[eye];
        }

        public Texture2D Strokes(int eye)
        {
            return strokes[eye];
        }

        /// <summary>Into the textures' memory on the CPU; what is on the GPU stays as it is.</summary>
        public void Copy(EbField* field, EbFieldPlanes* planes)
        {
            copied = *field;
            int eyes = (int)field->eyes;
            long numbers = (long)(planes->gridBytes / sizeof(float)) / eyes;
            long bytes = (long)planes->strokesBytes / eyes;
            for (int eye = 0; eye < eyes; eye++)
            {
                Fit(field, eye);
                void* texels = grid[eye].GetPixelData<ushort>(0).GetUnsafePtr();
                BridgeNative.eb_pack_grid(planes->grid + eye * numbers, field->gridBins, field->gridHeight,
                    field->gridWidth, (ushort*)texels);
                void* pixels = strokes[eye].GetRawTextureData<byte>().GetUnsafePtr();
                UnsafeUtility.MemCpy(pixels, planes->strokes + eye * bytes, bytes);
            }
        }

        /// <summary>To the GPU, and from now on what is shown.</summary>
        public void Use()
        {
            for (int eye = 0; eye < (int)copied.eyes; eye++)
            {
                grid[eye].Apply(false, false);
                strokes[eye].Apply(false, false);
            }
            Field = copied;
        }

        /// <summary>Row 0 of both is on top, as the composite wants it: nothing is turned round.</summary>
        void Fit(EbField* field, int eye)
        {
            int width = (int)field->gridWidth, height = RowsOfTransform * (int)field->gridHeight;
            int bins = (int)field->gridBins;
            Texture3D cells = grid[eye];
            if (cells == null || cells.width != width || cells.height != height || cells.depth != bins)
            {
                CoreUtils.Destroy(cells);
                grid[eye] = new Texture3D(width, height, bins, TextureFormat.RGBAHalf, false) {
                    name = "Eyebrush grid", wrapMode = TextureWrapMode.Clamp, filterMode = FilterMode.Bilinear,
                    hideFlags = HideFlags.HideAndDontSave };
            }
            width = (int)field->strokesWidthPx;
            height = (int)field->strokesHeightPx;
            Texture2D layer = strokes[eye];
            if (layer == null || layer.width != width || layer.height != height)
            {
                CoreUtils.Destroy(layer);
                strokes[eye] = new Texture2D(width, height, TextureFormat.RGBA32, false, true) {
                    name = "Eyebrush strokes", wrapMode = TextureWrapMode.Clamp,
                    filterMode = FilterMode.Bilinear, hideFlags = HideFlags.HideAndDontSave };
            }
        }

        public void Dispose()
        {
            for (int eye = 0; eye < MaxEyes; eye++)
            {
                CoreUtils.Destroy(grid[eye]);
                CoreUtils.Destroy(strokes[eye]);
            }
            Field = new EbField();
        }
    }
}

using Eyebrush.Internal;
using UnityEngine;

namespace Eyebrush
{
    /// <summary>What EyebrushPasses.hlsl reads, in the order of its passes.</summary>
    static class ShaderInputs
    {
        public const int EncodePass = 0, ReducePass = 1, CompositePass = 2;

        public static readonly int BlitTexture = Shader.PropertyToID("_BlitTexture");
        public static readonly int BlitScaleBias = Shader.PropertyToID("_BlitScaleBias");
        public static readonly int Depth = Shader.PropertyToID("_EyebrushDepth");
        public static readonly int GridLeft = Shader.PropertyToID("_EyebrushGridLeft");
        public static readonly int GridRight = Shader.PropertyToID("_EyebrushGridRight");
        public static readonly int StrokesLeft = Shader.PropertyToID("_EyebrushStrokesLeft");
        public static readonly int StrokesRight = Shader.PropertyToID("_EyebrushStrokesRight");
        public static readonly int Reproject = Shader.PropertyToID("_EyebrushReproject");
        public static readonly int Field = Shader.PropertyToID("_EyebrushField");
        public static readonly int Look = Shader.PropertyToID("_EyebrushLook");
        public static readonly int DepthLine = Shader.PropertyToID("_EyebrushDepthLine");
        public static readonly int Cells = Shader.PropertyToID("_EyebrushCells");
        public static readonly int Eye = Shader.PropertyToID("_EyebrushEye");

        static readonly Vector4 NoScale = new Vector4(1, 1, 0, 0);

        /// <summary>What every pass reads.</summary>
        public static void SetSource(MaterialPropertyBlock block, Texture source, int eye)
        {
            block.SetTexture(BlitTexture, source);
            block.SetVector(BlitScaleBias, NoScale);
            block.SetFloat(Eye, eye);
        }

        /// <summary>The field's textures and size. With one eye, its textures stand in for the other's.</summary>
        public static void SetField(MaterialPropertyBlock block, FieldTextures textures)
        {
            int last = (int)textures.Field.eyes - 1;
            block.SetTexture(GridLeft, textures.Grid(0));
            block.SetTexture(GridRight, textures.Grid(last));
            block.SetTexture(StrokesLeft, textures.Strokes(0));
            block.SetTexture(StrokesRight, textures.Strokes(last));
            block.SetVector(Field, new Vector4(textures.Field.extentU, textures.Field.extentV,
                textures.Field.gridHeight, 0));
        }
    }
}

// Passes by number: EyebrushPass.cs has the same order.
Shader "Hidden/Eyebrush/Composite"
{
    SubShader
    {
        Tags { "RenderPipeline" = "UniversalPipeline" }
        ZTest Always
        ZWrite Off
        Cull Off
        Blend Off

        HLSLINCLUDE
        #pragma target 4.5
        #include "EyebrushPasses.hlsl"
        ENDHLSL

        Pass
        {
            Name "Eyebrush Encode"
            HLSLPROGRAM
            #pragma vertex Vert
            #pragma fragment EyebrushEncode
            ENDHLSL
        }

        Pass
        {
            Name "Eyebrush Reduce"
            HLSLPROGRAM
            #pragma vertex Vert
            #pragma fragment EyebrushReduce
            ENDHLSL
        }

        Pass
        {
            Name "Eyebrush Composite"
            HLSLPROGRAM
            #pragma vertex Vert
            #pragma fragment EyebrushComposite
            ENDHLSL
        }
    }
}

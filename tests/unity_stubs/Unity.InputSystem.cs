// Signatures of the Input System that the sample uses; nothing here does anything. Written from the pages
// named behind each: IN/ is https://docs.unity3d.com/Packages/com.unity.inputsystem@1.11/api/UnityEngine.InputSystem.
using System;

namespace UnityEngine.InputSystem
{
    public enum InputActionType { Value, Button, PassThrough } // IN/InputActionType.html

    public sealed class InputAction // IN/InputAction.html
    {
        public struct CallbackContext { } // IN/InputAction.CallbackContext.html
        public InputAction(string name = null, InputActionType type = InputActionType.Value, string binding = null, string interactions = null, string processors = null, string expectedControlType = null) { } // IN/InputAction.html
        public event Action<CallbackContext> performed { add { } remove { } } // IN/InputAction.html#UnityEngine_InputSystem_InputAction_performed
        public void Enable() { } // IN/InputAction.html#UnityEngine_InputSystem_InputAction_Enable
        public void Disable() { } // IN/InputAction.html#UnityEngine_InputSystem_InputAction_Disable
    }

    public static class InputActionSetupExtensions // IN/InputActionSetupExtensions.html
    {
        public struct BindingSyntax { } // IN/InputActionSetupExtensions.BindingSyntax.html
        public static BindingSyntax AddBinding(this InputAction action, string path, string interactions = null, string processors = null, string groups = null) { throw null; } // IN/InputActionSetupExtensions.html
    }
}

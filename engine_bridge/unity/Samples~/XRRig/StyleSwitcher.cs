using UnityEngine;
using UnityEngine.InputSystem;
using UnityEngine.Rendering;

namespace Eyebrush.Samples
{
    /// <summary>Goes through styles with a controller's primary button or the space bar: how to change a style
    /// from code.</summary>
    [AddComponentMenu("Eyebrush/Samples/Style Switcher")]
    public sealed class StyleSwitcher : MonoBehaviour
    {
        [Tooltip("The volume with the Eyebrush override.")]
        public Volume volume;

        [Tooltip("Names of styles, as `eyebrush style list` prints them.")]
        public string[] styles = { "great-wave", "starry-night", "tree-of-life", "scream", "mosaic" };

        [Tooltip("Goes to the next style.")]
        public InputAction next = new InputAction("next style", InputActionType.Button);

        EyebrushVolume look;
        int current;

        void Awake()
        {
            // Volume.profile is this scene's own copy: the asset stays as it is.
            if (!volume.profile.TryGet(out look))
            {
                Debug.LogWarning("got a volume without an Eyebrush override; wanted one; fix: Add Override, " +
                    "Eyebrush", this);
                enabled = false;
                return;
            }
            next.AddBinding("<XRController>{RightHand}/primaryButton");
            next.AddBinding("<Keyboard>/space");
        }

        void OnEnable()
        {
            next.performed += Next;
            next.Enable();
        }

        void OnDisable()
        {
            next.performed -= Next;
            next.Disable();
        }

        void Next(InputAction.CallbackContext context)
        {
            current = (current + 1) % styles.Length;
            look.style.Override(styles[current]);
        }
    }
}

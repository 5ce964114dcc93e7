using System;

namespace Eyebrush.Internal
{
    /// <summary>
    /// Poses and fields of view, and where a pixel was when a field was made: eyebrush/frame.py in C#.
    /// Matrices are 4x4 floats, column by column, as Unity keeps them: element (row, column) is
    /// m[row + 4 * column]. Views are OpenXR's: right-handed, +x right, +y up, -z forward.
    /// </summary>
    public static unsafe class ViewMath
    {
        /// <summary>The view that an eye is rendered with. view: world to eye, Unity's (left-handed world, eye
        /// looks along -z). projection: as Camera.projectionMatrix, before it is made fit for a graphics API.
        /// Orthographic cameras have no eye: all zero, and such frames are not reprojected.</summary>
        public static void ViewOf(float* view, float* projection, EbView* to)
        {
            *to = new EbView();
            if (projection[3 + 4 * 2] == 0) return;
            // Unity's z points forward, OpenXR's back: with the world's z turned round, the upper 3x3 of
            // `view` is a rotation, world to eye; its transpose is the eye's orientation.
            double* r = stackalloc double[9];
            for (int row = 0; row < 3; row++)
                for (int column = 0; column < 3; column++)
                    r[3 * column + row] = (column == 2 ? -1 : 1) * view[row + 4 * column];
            for (int row = 0; row < 3; row++)
            {
                double sum = 0;
                for (int k = 0; k < 3; k++) sum -= r[3 * row + k] * view[k + 4 * 3];
                to->positionM[row] = (float)sum;
            }
            Quaternion(r, to->orientationXyzw);
            double focalX = projection[0], focalY = projection[1 + 4 * 1];
            double shiftX = projection[0 + 4 * 2], shiftY = projection[1 + 4 * 2];
            to->fovRad[0] = (float)Math.Atan((shiftX - 1) / focalX);
            to->fovRad[1] = (float)Math.Atan((shiftX + 1) / focalX);
            to->fovRad[2] = (float)Math.Atan((shiftY + 1) / focalY);
            to->fovRad[3] = (float)Math.Atan((shiftY - 1) / focalY);
        }

        /// <summary>(line[0], line[1]) with depth buffer = line[0] + line[1] / distance along the view axis.
        /// projection: fit for the graphics API (GL.GetGPUProjectionMatrix). minusOneToOne: OpenGL's depth,
        /// which the buffer holds as 0 to 1.</summary>
        public static void DepthLine(float* projection, bool minusOneToOne, float* line)
        {
            float a = -projection[2 + 4 * 2], b = projection[2 + 4 * 3];
            line[0] = minusOneToOne ? 0.5f * a + 0.5f : a;
            line[1] = minusOneToOne ? 0.5f * b : b;
        }

        /// <summary>3x4 numbers, row by row, for Constants.reproject_* of composite.slang: frame uv (row 0 on
        /// top) to picture uv of the field. The last column is the parallax, per 1 / depth.</summary>
        public static void Reprojection(EbView* frame, EbView* field, float* rows)
        {
            if (frame->fovRad[0] == frame->fovRad[1] || field->fovRad[0] == field->fovRad[1])
            {
                for (int i = 0; i < 12; i++) rows[i] = i % 5 == 0 ? 1 : 0;
                return;
            }
            double* toUv = stackalloc double[9];
            double* eyeToWorld = stackalloc double[9];
            double* uvToEye = stackalloc double[9];
            double* rotation = stackalloc double[9];
            double* product = stackalloc double[9];
            double* matrix = stackalloc double[9];
            WorldToUv(field, toUv, rotation, product);
            Rotation(frame, eyeToWorld);
            UvToRay(frame, uvToEye);
            Multiply(toUv, eyeToWorld, product);
            Multiply(product, uvToEye, matrix);
            for (int row = 0; row < 3; row++)
            {
                double parallax = 0;
                for (int k = 0; k < 3; k++)
                {
                    rows[4 * row + k] = (float)matrix[3 * row + k];
                    parallax += toUv[3 * row + k] * ((double)frame->positionM[k] - field->positionM[k]);
                }
                rows[4 * row + 3] = (float)parallax;
            }
        }

        /// <summary>World direction from the eye to (u, v, 1) times its distance along the view axis.</summary>
        static void WorldToUv(EbView* view, double* to, double* rotation, double* rayToUv)
        {
            double left = Math.Tan(view->fovRad[0]), right = Math.Tan(view->fovRad[1]);
            double up = Math.Tan(view->fovRad[2]), down = Math.Tan(view->fovRad[3]);
            for (int i = 0; i < 9; i++) rayToUv[i] = 0;
            rayToUv[0] = 1 / (right - left);
            rayToUv[2] = left / (right - left);
            rayToUv[4] = 1 / (down - up);
            rayToUv[5] = up / (down - up);
            rayToUv[8] = -1;
            Rotation(view, rotation);
            for (int row = 0; row < 3; row++)
                for (int column = 0; column < 3; column++)
                {
                    double sum = 0;
                    for (int k = 0; k < 3; k++) sum += rayToUv[3 * row + k] * rotation[3 * column + k];
                    to[3 * row + column] = sum;
                }
        }

        static void UvToRay(EbView* view, double* to)
        {
            double left = Math.Tan(view->fovRad[0]), right = Math.Tan(view->fovRad[1]);
            double up = Math.Tan(view->fovRad[2]), down = Math.Tan(view->fovRad[3]);
            for (int i = 0; i < 9; i++) to[i] = 0;
            to[0] = right - left;
            to[2] = left;
            to[4] = down - up;
            to[5] = up;
            to[8] = -1;
        }

        static void Rotation(EbView* view, double* to)
        {
            double x = view->orientationXyzw[0], y = view->orientationXyzw[1];
            double z = view->orientationXyzw[2], w = view->orientationXyzw[3];
            double length = Math.Sqrt(x * x + y * y + z * z + w * w);
            x /= length;
            y /= length;
            z /= length;
            w /= length;
            to[0] = 1 - 2 * (y * y + z * z);
            to[1] = 2 * (x * y - z * w);
            to[2] = 2 * (x * z + y * w);
            to[3] = 2 * (x * y + z * w);
            to[4] = 1 - 2 * (x * x + z * z);
            to[5] = 2 * (y * z - x * w);
            to[6] = 2 * (x * z - y * w);
            to[7] = 2 * (y * z + x * w);
            to[8] = 1 - 2 * (x * x + y * y);
        }

        /// <summary>Unit quaternion (x, y, z, w) of a rotation, row by row (Shepperd's method: the largest of the
        /// four is found first, so that nothing small is divided by).</summary>
        static void Quaternion(double* r, float* to)
        {
            double trace = r[0] + r[4] + r[8];
            int largest = 3;
            double most = trace;
            for (int i = 0; i < 3; i++)
                if (r[4 * i] > most)
                {
                    most = r[4 * i];
                    largest = i;
                }
            double* q = stackalloc double[4];
            if (largest == 3)
            {
                q[3] = 1 + trace;
                q[0] = r[7] - r[5];
                q[1] = r[2] - r[6];
                q[2] = r[3] - r[1];
            }
            else
            {
                int i = largest, j = (i + 1) % 3, k = (i + 2) % 3;
                q[i] = 1 + r[4 * i] - r[4 * j] - r[4 * k];
                q[j] = r[3 * i + j] + r[3 * j + i];
                q[k] = r[3 * i + k] + r[3 * k + i];
                q[3] = r[3 * k + j] - r[3 * j + k];
            }
            double length = Math.Sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
            for (int i = 0; i < 4; i++) to[i] = (float)(q[i] / length);
        }

        static void Multiply(double* a, double* b, double* to)
        {
            for (int row = 0; row < 3; row++)
                for (int column = 0; column < 3; column++)
                {
                    double sum = 0;
                    for (int k = 0; k < 3; k++) sum += a[3 * row + k] * b[3 * k + column];
                    to[3 * row + column] = sum;
                }
        }
    }
}

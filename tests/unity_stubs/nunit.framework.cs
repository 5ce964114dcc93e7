// Signatures of NUnit 3 that the package's own tests use; nothing here does anything. Written from the pages
// named behind each: NUNIT/ is https://docs.nunit.org/articles/nunit/
using System;

namespace NUnit.Framework
{
    public class TestAttribute : Attribute { } // NUNIT/writing-tests/attributes/test.html
    public class TearDownAttribute : Attribute { } // NUNIT/writing-tests/attributes/teardown.html

    public class Assert // NUNIT/writing-tests/assertions/assertions.html
    {
        public static void AreEqual(object expected, object actual) { } // NUNIT/writing-tests/assertions/classic-assertions/Assert.AreEqual.html
        public static void AreEqual(double expected, double actual, double delta) { } // NUNIT/writing-tests/assertions/classic-assertions/Assert.AreEqual.html
        public static void IsNull(object anObject) { } // NUNIT/writing-tests/assertions/classic-assertions/Assert.Null.html
        public static void IsNotNull(object anObject) { } // NUNIT/writing-tests/assertions/classic-assertions/Assert.NotNull.html
        public static void IsTrue(bool condition, string message = null) { } // NUNIT/writing-tests/assertions/classic-assertions/Assert.True.html
        public static void IsFalse(bool condition) { } // NUNIT/writing-tests/assertions/classic-assertions/Assert.False.html
    }
}

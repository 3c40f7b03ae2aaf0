package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.junit.jupiter.api.Test;

class GlobalContextTest {
  @Test
  void theLibraryIsToldToUseDeterministicKernels() {
    LibTorch.load();
    GlobalContext context = GlobalContext.ofLoadedLibrary();
    try {
      context.set(GpuArithmetic.EXACT);
      assertThat(context.isDeterministic()).isTrue();
      assertThat(GlobalContext.ofLoadedLibrary().isDeterministic()).isTrue();
    } finally {
      context.set(new GpuArithmetic(false, false));
    }
    assertThat(context.isDeterministic()).isFalse();
  }

  @Test
  void aProcessHasWorkspacesOfFixedSizeForProducts() {
    LibTorch.load();
    Function getenv = NativeLibrary.getProcess().getFunction("getenv");
    assertThat(getenv.invokeString(new Object[] {"CUBLAS_WORKSPACE_CONFIG"}, false))
        .startsWith(":");
  }
}

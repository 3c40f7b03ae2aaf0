package org.sparklora.lora.format;

import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.ScaleFolding;

/** diffusers' current keys without metadata. The scale must be one, so it is multiplied into B. */
final class DiffusersBinNaming implements AdapterNaming {
  private final DiffusersNaming keys = new DiffusersNaming();

  @Override
  public boolean recognises(AdapterSource source) {
    return keys.recognises(source);
  }

  @Override
  public Adapter read(AdapterSource source) {
    return keys.read(source);
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    Unsupported.tokens(adapter, AdapterFormat.DIFFUSERS_BIN);
    Unsupported.mixedDora(adapter, AdapterFormat.DIFFUSERS_BIN);
    NamedTensors file = new NamedTensors();
    for (AdaptedModule module : adapter.modules()) {
      DiffusersNaming.add(file, module, ScaleFolding.up(module));
    }
    return file;
  }
}

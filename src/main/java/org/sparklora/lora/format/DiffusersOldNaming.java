package org.sparklora.lora.format;

import java.util.List;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.AlphaRule;
import org.sparklora.lora.key.DiffusersKeys;
import org.sparklora.lora.key.FileMetadata;
import org.sparklora.lora.key.ModuleGathering;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.ScaleFolding;
import org.sparklora.model.Network;

/**
 * The files of diffusers until version 0.21. They hold only the UNet's attention projections, named
 * after attention processors. The first of them have no {@code unet.}, and diffusers itself no
 * longer reads those. The format has no alpha, so the scale is one.
 */
final class DiffusersOldNaming implements AdapterNaming {
  private static final String ATTENTION = ".*\\.attn[12]\\.to_([qkv]|out\\.0)";

  private final AdapterFormat format;

  DiffusersOldNaming(AdapterFormat format) {
    this.format = format;
  }

  @Override
  public boolean recognises(AdapterSource source) {
    return source.tensors().tensors().keySet().stream().anyMatch(DiffusersKeys::isOld);
  }

  @Override
  public Adapter read(AdapterSource source) {
    return new Adapter(
        new ModuleGathering(source.tensors()).addAll(DiffusersKeys::parse).modules(AlphaRule.RANK),
        List.of(),
        FileMetadata.without(source.tensors().metadata(), "format"));
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    Unsupported.tokens(adapter, format);
    Unsupported.dora(adapter, format);
    Unsupported.modules(
        adapter,
        format,
        module -> module.network() == Network.UNET && module.name().matches(ATTENTION),
        "it holds attention projections of the UNet only");
    NamedTensors file = new NamedTensors();
    for (AdaptedModule module : adapter.modules()) {
      int dot = module.name().indexOf(".to_");
      String projection = module.name().substring(dot + 1).replace("to_out.0", "to_out");
      String key =
          "unet." + module.name().substring(0, dot) + ".processor." + projection + "_lora.";
      file.add(key + "down.weight", module.downShape(), module.down());
      file.add(key + "up.weight", module.upShape(), ScaleFolding.up(module));
    }
    FileMetadata.ofLora(adapter.metadata()).forEach(file::metadata);
    return file.metadata("format", "pt");
  }
}

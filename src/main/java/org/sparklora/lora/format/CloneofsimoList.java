package org.sparklora.lora.format;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.CloneofsimoOrder;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/** An adapter's modules as the list that cloneofsimo/lora would number. */
final class CloneofsimoList {
  private static final String TEXT_ENCODER =
      "text_model\\.encoder\\.layers\\.\\d{1,4}\\.self_attn\\.([kvq]|out)_proj";

  private CloneofsimoList() {}

  /**
   * The modules of a network in the tool's order.
   *
   * @throws InvalidInputException (CONFIGURATION) naming a module that the tool cannot reach, or a
   *     missing one that it would adapt, too
   */
  static List<AdaptedModule> of(Adapter adapter, Network network, AdapterFormat format) {
    List<AdaptedModule> modules =
        adapter.modules().stream().filter(m -> m.network() == network).toList();
    Unsupported.modules(
        adapter,
        format,
        module ->
            module.network() != network
                || (network == Network.UNET
                    ? CloneofsimoModules.group(module.name()).isPresent()
                    : module.name().matches(TEXT_ENCODER)),
        "it holds attention projections, gated feed-forwards and resnets of the UNet, and attention"
            + " projections of the text encoder");
    requireComplete(network, modules, format);
    return modules.stream()
        .sorted(Comparator.comparing(AdaptedModule::name, new CloneofsimoOrder(false)))
        .toList();
  }

  private static void requireComplete(
      Network network, List<AdaptedModule> modules, AdapterFormat format) {
    Set<String> present = modules.stream().map(AdaptedModule::name).collect(Collectors.toSet());
    List<String> missing =
        CloneofsimoModules.companions(network, modules).stream()
            .filter(name -> !present.contains(name))
            .toList();
    if (!missing.isEmpty()) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": an adapter without "
              + missing.get(0)
              + (missing.size() > 1 ? " and " + (missing.size() - 1) + " more" : "")
              + "; the format numbers all modules of a kind. Write "
              + AdapterFormat.DIFFUSERS
              + ", which names them");
    }
  }
}

package org.sparklora.lora.format;

import java.util.List;
import java.util.function.Predicate;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/** Refuses adapters that a format cannot express, so that nothing is left out silently. */
final class Unsupported {
  private Unsupported() {}

  static void tokens(Adapter adapter, AdapterFormat format) {
    if (!adapter.tokens().isEmpty()) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": learned tokens ("
              + adapter.tokens().get(0).token()
              + "); write "
              + AdapterFormat.CLONEOFSIMO
              + ", which holds both, or the tokens alone as "
              + AdapterFormat.TEXTUAL_INVERSION);
    }
  }

  /** Refuses updates that depend on the base model's weights, which no format is written with. */
  static void relative(Adapter adapter) {
    adapter.relative().stream()
        .findFirst()
        .ifPresent(
            module -> {
              throw InvalidInputException.configuration(
                  "Unsupported without a base model: "
                      + module.update().kind()
                      + ", as of module "
                      + module.name()
                      + ", multiplies the weights; convert it with --base=MODEL, or merge it into"
                      + " the model with merge --base=MODEL");
            });
  }

  /** Refuses modules and tokens of a second text encoder, in a format that is older than SDXL. */
  static void secondEncoder(Adapter adapter, AdapterFormat format) {
    modules(
        adapter,
        format,
        module -> module.network() != Network.TEXT_ENCODER_2,
        "it has no names for a second text encoder");
    adapter.tokens().stream()
        .filter(token -> token.encoder() == Network.TEXT_ENCODER_2)
        .findFirst()
        .ifPresent(
            token -> {
              throw InvalidInputException.configuration(
                  "Unsupported in format "
                      + format
                      + ": the token "
                      + token.token()
                      + " of a second text encoder; write "
                      + AdapterFormat.DIFFUSERS
                      + ", with the tokens in files of their own");
            });
  }

  /** Refuses magnitudes (DoRA) in a format that has no name for them. */
  static void dora(Adapter adapter, AdapterFormat format) {
    adapter.modules().stream()
        .filter(AdaptedModule::isDora)
        .findFirst()
        .ifPresent(
            module -> {
              throw InvalidInputException.configuration(
                  "Unsupported in format "
                      + format
                      + ": DoRA's magnitudes, as of module "
                      + module.name()
                      + "; write "
                      + AdapterFormat.DIFFUSERS
                      + ", "
                      + AdapterFormat.PEFT
                      + " or "
                      + AdapterFormat.KOHYA
                      + ", which hold them");
            });
  }

  /** Refuses a network in which only some modules are DoRA, because PEFT has one switch for all. */
  static void mixedDora(Adapter adapter, AdapterFormat format) {
    for (Network network : Network.values()) {
      List<AdaptedModule> modules =
          adapter.modules().stream().filter(m -> m.network() == network).toList();
      long dora = modules.stream().filter(AdaptedModule::isDora).count();
      if (dora > 0 && dora < modules.size()) {
        throw InvalidInputException.configuration(
            "Unsupported in format "
                + format
                + ": DoRA on "
                + dora
                + " of "
                + modules.size()
                + " modules of a network; PEFT has it on all or on none. Write "
                + AdapterFormat.KOHYA
                + ", which holds both side by side");
      }
    }
  }

  /**
   * Refuses an adapter with modules that the format has no names for.
   *
   * @param supported whether a module can be expressed
   */
  static void modules(
      Adapter adapter, AdapterFormat format, Predicate<AdaptedModule> supported, String why) {
    List<AdaptedModule> others = adapter.modules().stream().filter(supported.negate()).toList();
    if (!others.isEmpty()) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": "
              + others.size()
              + " of the adapter's "
              + adapter.modules().size()
              + " modules, the first is "
              + others.get(0).name()
              + "; "
              + why
              + ". Write "
              + AdapterFormat.DIFFUSERS
              + ", which holds every module");
    }
  }
}

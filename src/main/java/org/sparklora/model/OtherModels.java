package org.sparklora.model;

import com.fasterxml.jackson.databind.JsonNode;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/** Refuses models that have the same networks but need another way of sampling. */
final class OtherModels {
  private OtherModels() {}

  /**
   * Refuses SDXL's refiner and models of EDM's noise.
   *
   * @throws InvalidInputException (DATA) saying what it is
   */
  static void refuse(ModelFolder base) {
    if (base.hasFile("model_index.json")) {
      JsonNode index = base.json("model_index.json");
      if (index.path("requires_aesthetics_score").asBoolean()) {
        throw unsupported(
            base,
            "it is SDXL's refiner, which ends the drawing of a picture that another model began;"
                + " use the base model");
      }
    }
    if (base.hasFile("scheduler/scheduler_config.json")) {
      String scheduler = base.config("scheduler").path("_class_name").asText();
      if (scheduler.startsWith("EDM")) {
        throw unsupported(
            base,
            "its scheduler is "
                + scheduler
                + ": it was trained with EDM's noise, as Playground v2.5, and only models of DDPM's"
                + " noise are computed");
      }
    }
  }

  private static InvalidInputException unsupported(ModelFolder base, String why) {
    return InvalidInputException.data("Unsupported base model " + base.location() + ": " + why);
  }
}

package org.sparklora.lora.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.sparklora.model.file.TensorFile;

/**
 * What an adapter is read from.
 *
 * @param name the file's name without its ending: the web UIs call a learned token so
 * @param peftConfig {@code adapter_config.json} beside the file
 */
record AdapterSource(TensorFile tensors, String name, Optional<JsonNode> peftConfig) {}

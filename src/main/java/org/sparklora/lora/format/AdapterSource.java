package org.sparklora.lora.format;

import com.google.gson.JsonElement;
import java.util.Optional;
import org.sparklora.model.file.TensorFile;

/**
 * The file that an adapter is read from.
 *
 * @param name of the file without its ending, which the web UIs take as the name of a learned token
 * @param peftConfig {@code adapter_config.json} beside the file
 */
record AdapterSource(TensorFile tensors, String name, Optional<JsonElement> peftConfig) {}

package org.sparklora.lora.key;

import org.sparklora.model.Network;

/**
 * The meaning of one tensor of an adapter file.
 *
 * @param module the module's name in its network
 */
public record Slot(Network network, String module, Part part) {
  public enum Part {
    /** A. */
    DOWN,
    /** B. */
    UP,
    ALPHA,
    /** The magnitude of DoRA, one value for each output. */
    MAGNITUDE,
    /** The core of a LoCon in Tucker decomposition, between A and B. */
    MID,
    HADA_W1_A,
    HADA_W1_B,
    HADA_W2_A,
    HADA_W2_B,
    HADA_T1,
    HADA_T2,
    LOKR_W1,
    LOKR_W1_A,
    LOKR_W1_B,
    LOKR_W2,
    LOKR_W2_A,
    LOKR_W2_B,
    LOKR_T2,
    /** A whole difference of a weight. */
    DIFF,
    /** A difference of a bias. */
    DIFF_B,
    /** GLoRA's factors of the change of the weight's inputs. */
    GLORA_A1,
    GLORA_A2,
    /** GLoRA's factors of the change beside it. */
    GLORA_B1,
    GLORA_B2,
    /** OFT's blocks of outputs, three dimensions; with a fourth, BOFT's stages. */
    OFT_BLOCKS,
    /** A factor for each output, after OFT. */
    RESCALE,
    /** The alpha of kohya's OFT. A zero holds the weight; in LyCORIS it leaves it free. */
    OFT_CONSTRAINT,
    /** PEFT's OFT: the upper triangles of blocks of inputs. */
    OFT_R,
    /** IA3's factors less one. */
    IA3_WEIGHT,
    /** Whether IA3's factors are for inputs. */
    IA3_ON_INPUT,
    /** PEFT's IA3: the factors themselves. */
    IA3_L
  }
}

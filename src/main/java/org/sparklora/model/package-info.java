/** Where weights come from: folders, safetensors, torch files, configurations. */
package org.sparklora.model;

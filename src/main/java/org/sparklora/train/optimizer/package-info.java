/** How a gradient moves the adapter: update rules with their states, and the running average. */
package org.sparklora.train.optimizer;

"""What the DAGs of spark-lora are made of."""

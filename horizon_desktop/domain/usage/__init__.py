"""What may be used, how much of it and what it costs: quotas, pools, costs, resources."""

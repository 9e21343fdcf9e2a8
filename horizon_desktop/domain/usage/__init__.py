"""What is used, who pays, until when: resources, quotas, pools, cost."""

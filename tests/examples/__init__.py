"""The examples run, each as a process of its own."""

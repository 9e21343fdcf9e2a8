"""What this machine's processors and graphics cards do: NVML by nvidia-ml-py, the process itself by psutil."""

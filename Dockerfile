# Two images: `studio` serves pages and does light work; `gpu` adds training and sampling on NVIDIA GPUs.

FROM python:3.12-slim AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --create-home --uid 1000 studio && install -d -o studio -g studio /var/lib/studio /run/studio
WORKDIR /studio
COPY requirements requirements
RUN pip install -r requirements/base.txt -c requirements/constraints.txt
ENV DJANGO_SETTINGS_MODULE=studio.settings STUDIO_VAR=/var/lib/studio

FROM base AS base-gpu
# Triton and DeepSpeed compile their kernels when they are first used.
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ libc6-dev && rm -rf /var/lib/apt/lists/*
RUN pip install -r requirements/train.txt -r requirements/gpu.txt -c requirements/constraints.txt

FROM base AS studio
COPY . .
USER studio
EXPOSE 8000
CMD ["uvicorn", "studio.asgi:application", "--host=0.0.0.0", "--proxy-headers", "--timeout-graceful-shutdown=3", "--no-access-log"]

FROM base-gpu AS gpu
COPY . .
USER studio
CMD ["docker/gpu-worker"]

# One image for web, background and beat; the worker's list adds the compiler of the engine. Nothing of the demo's embedded servers is in it.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/worker.txt requirements/worker.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r requirements/worker.txt
COPY manage.py verify_round.py ./
COPY accounts accounts
COPY clearinghouse clearinghouse
COPY templates templates
COPY static static
RUN /opt/venv/bin/python -m clearinghouse.shared.messages compile \
 && SECRET_KEY=build DATABASE_URL=postgresql://build@/build REDIS_URL=redis://build/0 STATIC_ROOT=/app/staticfiles \
    /opt/venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/app/staticfiles
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin house \
 && install -d -o 10001 -g 10001 /checkpoints
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "clearinghouse.wsgi:application", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", "--worker-class=gthread", "--worker-tmp-dir=/dev/shm", "--access-logfile=-"]

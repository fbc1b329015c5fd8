# The operator's image, as config/manager/deployment.yaml runs it: docker build -t foreshard/operator:0.1.0 .
# The same Node.js as the tests run on (devDependencies in package.json).
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No dependency needs its install script here, so none gets to run. tfjs-node is of no use without its addon
# (tools/tfjs-node): the LSTM is trained in WebAssembly.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM node:${NODE_VERSION}-bookworm-slim
LABEL org.opencontainers.image.title="Foreshard operator" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY crds crds
# A number, so that kubelet can see that it is not root. It owns none of the files.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["node", "/app/dist/cli/main.js", "operator"]

// For what does not read the exports of package.json: Parcel, and TypeScript with moduleResolution node10.
export * from './dist/types/define.js';

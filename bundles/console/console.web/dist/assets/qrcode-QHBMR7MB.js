import{a}from"./chunk-2UGNLB4J.js";import"./chunk-CIRYA6SR.js";export{a as QrCode};

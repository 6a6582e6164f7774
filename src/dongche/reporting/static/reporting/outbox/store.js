// What waits on this phone, in IndexedDB: entries in the order in which they were filled in, and a few settings.
// An entry: { order, key, place, address, language, on, dayFrom, filledAt, offset, knew, holds, answers, state, … }
const NAME = "dongche-outbox";
let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const entries = request.result.createObjectStore("entries", { keyPath: "order", autoIncrement: true });
      entries.createIndex("key", "key", { unique: true });
      request.result.createObjectStore("settings");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

// Resolves when the phone has truly written: a battery that runs out now loses nothing.
async function within(store, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request?.error);
  });
}

export const allEntries = () => within("entries", "readonly", (store) => store.getAll());
export const entryOf = (order) => within("entries", "readonly", (store) => store.get(order));
export const hasKey = (key) => within("entries", "readonly", (store) => store.index("key").count(key));
export const putEntry = (entry) => within("entries", "readwrite", (store) => store.put(entry));
export const removeEntry = (order) => within("entries", "readwrite", (store) => store.delete(order));
export const readSetting = (name) => within("settings", "readonly", (store) => store.get(name));
export const writeSetting = (name, value) => within("settings", "readwrite", (store) => store.put(value, name));

// Changes an entry as it is now, unless its owner has deleted it meanwhile.
export function changeEntry(order, changes) {
  return within("entries", "readwrite", (store) => {
    const request = store.get(order);
    request.onsuccess = () => request.result && store.put({ ...request.result, ...changes });
    return request;
  });
}

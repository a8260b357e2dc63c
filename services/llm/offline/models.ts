// The models of the offline server, and how any part of the system knows one: by its name.

export const offlineChatModel = 'offline-extractive'
export const offlineEmbeddingModel = 'offline-lexical'

export const isOfflineModel = (model: string): boolean => model.startsWith('offline-')
